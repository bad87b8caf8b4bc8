import { randomUUID } from 'node:crypto'
import type { KeptFile } from '../../operate/kept-file.ts'
import { AwsRefusal } from './aws-endpoint.ts'

/** The names of the handlers' secrets begin with it. */
export const ofHandlers = 'handlers/'

const arnPrefix = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:'

export interface Secret {
  name: string
  arn: string
  versions: SecretVersions
}

/** The secrets of the local run. A secret that is missing answers as in an account that lacks it. */
export interface Secrets {
  /** Finds a secret by its name or ARN. */
  get(id: string): Secret | undefined
  /** Makes this text the current version, and makes the secret where it is missing. */
  set(name: string, text: string): Secrets
  /** Removes a secret with all its versions. */
  delete(name: string): void
  clear(): void
}

/**
 * `kept` keeps all but the secrets of the handlers, which `.env` holds. Throws `UsageError` when it cannot be read.
 */
export function localSecrets(kept?: KeptFile): Secrets {
  const byName = new Map<string, Secret>()
  const keep = () => {
    const ours = [...byName.values()].filter(({ name }) => !name.startsWith(ofHandlers))
    kept?.write(Object.fromEntries(ours.map(({ name, versions }) => [name, versions.state()])))
  }
  const make = (name: string, state?: SecretState): Secret => {
    const secret = { name, arn: arnPrefix + name, versions: secretVersions(state, keep) }
    byName.set(name, secret)
    return secret
  }
  for (const [name, state] of Object.entries((kept?.read() ?? {}) as Record<string, SecretState>))
    make(name, state)
  const secrets: Secrets = {
    get: (id) => byName.get(id.startsWith(arnPrefix) ? id.slice(arnPrefix.length) : id),
    set(name, text) {
      const { versions } = byName.get(name) ?? make(name)
      versions.add(randomUUID(), text)
      return secrets
    },
    delete(name) {
      byName.delete(name)
      keep()
    },
    clear() {
      byName.clear()
      keep()
    },
  }
  return secrets
}

/** The versions of a secret, and the staging labels on them. */
interface SecretVersions {
  /** Returns a version by its id, or else by a label. Throws `AwsRefusal` where there is none. */
  read(where?: { versionId?: string | undefined; stage?: string | undefined }): SecretVersion
  /** Adds a version under the caller's id, once, and moves the labels to it. Throws `AwsRefusal`. */
  add(versionId: string, text: string, stages?: readonly string[]): SecretVersion
  /** Moves a label from one version to another. Throws `AwsRefusal` where the label is not on `from`. */
  moveStage(stage: string, to: string | undefined, from: string | undefined): void
  /** Returns the labels by version, without versions that have none. */
  labels(): Record<string, string[]>
  /** Returns all of it, for another `secretVersions` to begin with. */
  state(): SecretState
}

/** It holds texts by version, and versions by label. */
interface SecretState {
  texts: Record<string, string>
  stages: Record<string, string>
}

interface SecretVersion {
  versionId: string
  text: string
  stages: string[]
}

const current = 'AWSCURRENT'
const previous = 'AWSPREVIOUS'

/**
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html and
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html
 */
function secretVersions(
  begin: SecretState = { texts: {}, stages: {} },
  changed: () => void = () => {},
): SecretVersions {
  const texts = new Map(Object.entries(begin.texts))
  const versionOf = new Map(Object.entries(begin.stages))

  const stagesOf = (versionId: string) =>
    [...versionOf].flatMap(([stage, at]) => (at === versionId ? stage : []))
  const version = (versionId: string): SecretVersion => ({
    versionId,
    text: texts.get(versionId) ?? '',
    stages: stagesOf(versionId),
  })

  function put(stage: string, versionId: string): void {
    const before = versionOf.get(stage)
    versionOf.set(stage, versionId)
    if (stage === current && before !== undefined && before !== versionId) versionOf.set(previous, before)
  }

  function read({ versionId, stage }: { versionId?: string | undefined; stage?: string | undefined } = {}) {
    const id = versionId ?? versionOf.get(stage ?? current)
    if (id === undefined || !texts.has(id)) {
      const what = versionId === undefined ? `staging label: ${stage ?? current}` : `VersionId: ${versionId}`
      throw notFound(`Secrets Manager can't find the specified secret value for ${what}`)
    }
    if (stage !== undefined && versionOf.get(stage) !== id)
      throw new AwsRefusal(
        'InvalidRequestException',
        'You provided a VersionStage that is not associated to the provided VersionId.',
      )
    return version(id)
  }

  function add(versionId: string, text: string, stages: readonly string[] = [current]): SecretVersion {
    const there = texts.get(versionId)
    if (there !== undefined && there !== text)
      throw new AwsRefusal(
        'ResourceExistsException',
        `A resource with the ID you requested already exists: version ${versionId} has another value.`,
      )
    // The call is idempotent: a repetition moves nothing, since others may have moved it on meanwhile.
    if (there !== undefined) return version(versionId)
    const labels = texts.size === 0 ? new Set([current, ...stages]) : stages
    texts.set(versionId, text)
    for (const stage of labels) put(stage, versionId)
    changed()
    return version(versionId)
  }

  function moveStage(stage: string, to: string | undefined, from: string | undefined): void {
    const at = versionOf.get(stage)
    for (const id of [to, from])
      if (id !== undefined && !texts.has(id))
        throw notFound(`Secrets Manager can't find the specified secret version: ${id}`)
    if (from !== undefined && from !== at)
      throw invalid(
        `The staging label ${stage} is not attached to the version in RemoveFromVersionId, ${from}.`,
      )
    if (from === undefined && at !== undefined && at !== to)
      throw invalid(
        `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ${at}, ` +
          'so you must explicitly reference that version in RemoveFromVersionId.',
      )
    if (to === undefined && stage === current)
      throw invalid(`You can only move staging label ${current} to a different secret version.`)
    if (to === undefined) versionOf.delete(stage)
    else put(stage, to)
    changed()
  }

  return {
    read,
    add,
    moveStage,
    labels: () =>
      Object.fromEntries(
        [...new Set(versionOf.values())].map((versionId) => [versionId, stagesOf(versionId)]),
      ),
    state: () => ({ texts: Object.fromEntries(texts), stages: Object.fromEntries(versionOf) }),
  }
}

export function notFound(message: string): AwsRefusal {
  return new AwsRefusal('ResourceNotFoundException', message)
}

function invalid(message: string): AwsRefusal {
  return new AwsRefusal('InvalidParameterException', message)
}
