import { expect, it } from 'vitest'
import { on } from '#webhooks'
import { feedLine } from './feed-line.ts'
import { notification } from './notification.ts'
import { office } from './office.ts'
import { openConsole } from './open-console.ts'

it('shows what was delivered with each of its digits, and hostile text as text', async (test) => {
  const { local, page } = await openConsole(test)
  const name = '<script>document.title="taken"</script><img src=x onerror=document.title="taken">'
  await local.deliver(notification({ id: '<b>ann</b>', name, version: 12345678901234567890n }))
  await feedLine(page, '<b>ann</b>').getByRole('link', { name: 'contact.updated' }).click()
  await page.getByRole('heading', { name: 'contact.updated' }).waitFor()
  const payload = await page.locator('pre.json').first().innerText()
  expect(payload).toContain('12345678901234567890')
  expect(payload).toContain(JSON.stringify(name).slice(1, -1))
  expect(await page.locator('main script, main img, main b').count()).toBe(0)
  expect(await page.title()).toMatch(/^Event/)
})

it('says in words what each outcome means', async (test) => {
  const { local, page } = await openConsole(test)
  const older = notification({ id: 'ann' })
  await local.deliver(notification({ id: 'ann' }))
  await local.deliver(older)
  await feedLine(page, 'late').getByRole('link', { name: 'contact.updated' }).click()
  await page.getByRole('heading', { name: 'Handlers' }).waitFor()
  const handlers = await page.locator('.handlers').innerText()
  expect(handlers).toContain('a newer event of this resource was handled before')
  expect(handlers).toContain('It ran, and succeeded')
})

it('replays what failed, after it was shown what would run', async (test) => {
  const { crm, handlers } = office()
  crm.refuses = true
  const { local, page } = await openConsole(test, { handlers })
  await local.deliver(notification({ id: 'ann' }))
  await feedLine(page, 'dead-lettered').getByRole('link', { name: 'contact.updated' }).click()
  expect(await page.locator('.handlers .error').innerText()).toContain('the CRM knows no such office')
  crm.refuses = false
  await page.getByRole('button', { name: 'Replay failed handlers' }).click()
  const dialog = page.getByRole('dialog')
  await expect.poll(() => dialog.innerText()).toMatch(/would run crm/)
  expect(await dialog.innerText()).toMatch(/would not run audit/)
  await dialog.getByRole('button', { name: 'Confirm' }).click()
  await page.getByText('It is back in the queue').waitFor()
  await page.getByRole('heading', { name: 'Replays' }).waitFor()
  await expect.poll(() => page.locator('.lead').first().innerText()).toMatch(/^\s*handled/)
})

it('replays nothing when the dialog is left', async (test) => {
  const { local, page } = await openConsole(test)
  await local.deliver(notification({ id: 'ann' }))
  await feedLine(page, 'contact ann').getByRole('link', { name: 'contact.updated' }).click()
  await page.getByRole('button', { name: 'Replay audit' }).click()
  await page.getByRole('dialog').getByText('would run audit').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  expect(await page.locator(':focus').innerText()).toBe('Replay audit')
  expect(local.lines.filter(({ message }) => JSON.stringify(message).includes('replay'))).toEqual([])
})

it('does not say both that nothing would run and what would', async (test) => {
  const crm = on('contact.*', { name: 'crm' }, () => {
    throw new Error('the CRM is away')
  })
  const { local, page } = await openConsole(test, { handlers: [crm] })
  await local.deliver(notification({ id: 'ann' }))
  await feedLine(page, 'failed').getByRole('link', { name: 'contact.updated' }).click()
  await page.getByRole('button', { name: 'Replay failed handlers' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('Nothing would run: it is being retried already.').waitFor()
  expect(await dialog.getByText('would run crm').count()).toBe(0)
})

it('shows what becomes of an event also if nobody tells of it', async (test) => {
  const { crm, handlers } = office()
  crm.refuses = true
  const { local, page, go, complaints } = await openConsole(test, { handlers })
  await local.deliver(notification({ id: 'ann' }))
  const link = feedLine(page, 'dead-lettered').getByRole('link', { name: 'contact.updated' })
  const hash = (await link.getAttribute('href')) ?? ''
  await page.route('**/api/live', (route) => route.abort())
  await page.reload()
  await page.getByText('reconnecting…').waitFor()
  await go(hash)
  await expect.poll(() => page.locator('.lead').first().innerText()).toMatch(/^\s*dead-lettered/)
  crm.refuses = false
  await page.evaluate(`fetch('/console/api/dead-letters/redrive', {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"ids":"all"}' })`)
  await expect.poll(() => page.locator('.lead').first().innerText()).toMatch(/^\s*handled/)
  await page.getByRole('link', { name: /^History of/ }).click()
  await page.getByText('1 event arrived').waitFor()
  await local.deliver(notification({ id: 'ann' }))
  await page.getByText('2 events arrived').waitFor()
  for (const complaint of complaints.splice(0)) expect(complaint).toContain('ERR_FAILED')
})
