import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { close, listen } from '../../../infra/http/listen.ts'

export interface Manifest {
  name: string
  version: string
  /** Further files: path → contents. */
  files?: Record<string, string | Buffer>
  [field: string]: unknown
}

/** An npm registry on this machine, with packages that are nothing but their manifests and an `index.js`. */
export async function startRegistry(
  folder: string,
  manifests: readonly Manifest[],
): Promise<{ url: string; stop(): Promise<void> }> {
  const tarballs = new Map<string, Buffer>()
  for (const manifest of manifests) tarballs.set(manifest.name, await pack(folder, manifest))
  let url = ''
  const server = createServer((request, response) => {
    const [, name = '', isTarball] = /^\/([^/]+)(\/-\/.*)?$/.exec(decodeURIComponent(request.url ?? '')) ?? []
    const manifest = manifests.find((each) => each.name === name)
    if (!manifest) return void response.writeHead(404).end('{}')
    if (isTarball) return void response.end(tarballs.get(name))
    const { version } = manifest
    const dist = { tarball: `${url}/${name}/-/${name}-${version}.tgz` }
    const packument = {
      name,
      'dist-tags': { latest: version },
      versions: { [version]: { ...manifest, dist } },
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(packument))
  })
  url = await listen(server)
  return { url, stop: () => close(server) }
}

async function pack(folder: string, { files: contents = {}, ...manifest }: Manifest): Promise<Buffer> {
  const source = join(folder, 'packages', manifest.name)
  await mkdir(source, { recursive: true })
  await writeFile(join(source, 'package.json'), JSON.stringify(manifest))
  const all = { 'index.js': `module.exports = '${manifest.name}'`, ...contents }
  for (const [path, content] of Object.entries(all)) {
    await mkdir(dirname(join(source, path)), { recursive: true })
    await writeFile(join(source, path), content)
  }
  const { stdout } = await promisify(execFile)('npm', ['pack', '--json', '--offline'], { cwd: source })
  const [{ filename } = { filename: '' }] = JSON.parse(stdout) as { filename: string }[]
  return readFile(join(source, filename))
}
