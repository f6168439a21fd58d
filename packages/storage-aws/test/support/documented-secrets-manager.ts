import { createHash, randomUUID } from 'node:crypto'

/** A request as it stands on the wire. */
export type Parameters = Readonly<Record<string, unknown>>

/** An error of the service, by the name it has in the documentation. */
export class ServiceError extends Error {
  constructor(name: string, message: string) {
    super(message)
    this.name = name
  }
}

interface StoredVersion {
  readonly id: string
  readonly text: string
  readonly stages: Set<string>
  readonly createdAt: number
}

interface StoredSecret {
  readonly name: string
  readonly arn: string
  readonly description: string
  readonly kmsKeyId: string | undefined
  readonly tags: readonly { readonly Key: string; readonly Value: string }[]
  readonly createdAt: number
  readonly sequence: number
  changedAt: number
  deletedAt?: number
  readonly versions: Map<string, StoredVersion>
}

/**
 * What the documentation says Secrets Manager does, in memory: the answer to each action. It is a fake, and it is there
 * because both emulators differ from the documentation: it shows that the driver is right by the words of AWS, and lets a
 * test decide the order in which requests arrive. The driver itself is proven on the emulators.
 */
export interface DocumentedSecretsManager {
  answer(action: string, parameters: Parameters): Record<string, unknown>
  readonly secrets: ReadonlyMap<string, StoredSecret>
}

/** Makes a {@link DocumentedSecretsManager}; `now` is in milliseconds. */
export const createDocumentedSecretsManager = (now: () => number = Date.now): DocumentedSecretsManager => {
  const secrets = new Map<string, StoredSecret>()
  let sequence = 0

  const find = (parameters: Parameters): StoredSecret => {
    const id = String(parameters.SecretId)
    const secret = secrets.get(id) ?? [...secrets.values()].find(({ arn }) => arn === id)
    if (secret === undefined)
      throw new ServiceError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.")
    return secret
  }
  const findLive = (parameters: Parameters): StoredSecret => {
    const secret = find(parameters)
    if (secret.deletedAt === undefined) return secret
    throw new ServiceError(
      'InvalidRequestException',
      "You can't perform this operation on the secret because it was marked for deletion.",
    )
  }
  const invalid = (message: string): ServiceError => new ServiceError('InvalidParameterException', message)
  const holderOf = (secret: StoredSecret, stage: string): StoredVersion | undefined =>
    [...secret.versions.values()].find(({ stages }) => stages.has(stage))
  /** Moves a label; AWSPREVIOUS follows AWSCURRENT. */
  const label = (secret: StoredSecret, stage: string, version: StoredVersion): void => {
    const holder = holderOf(secret, stage)
    if (holder === version) return
    holder?.stages.delete(stage)
    version.stages.add(stage)
    if (stage !== 'AWSCURRENT' || holder === undefined) return
    holderOf(secret, 'AWSPREVIOUS')?.stages.delete('AWSPREVIOUS')
    holder.stages.add('AWSPREVIOUS')
  }
  const addVersion = (secret: StoredSecret, parameters: Parameters, stages: readonly string[]): StoredVersion => {
    const id = String(parameters.ClientRequestToken ?? randomUUID())
    const text = String(parameters.SecretString)
    if (id.length < 32 || id.length > 64) throw invalid('ClientRequestToken must have 32 to 64 characters.')
    if (Buffer.byteLength(text) > 65_536) throw invalid('SecretString has more than 65536 bytes.')
    const version: StoredVersion = { id, text, stages: new Set(), createdAt: now() }
    const isFirst = secret.versions.size === 0
    secret.versions.set(id, version)
    for (const stage of isFirst ? new Set(['AWSCURRENT', ...stages]) : stages) label(secret, stage, version)
    if ([...secret.versions.values()].reduce((sum, each) => sum + each.stages.size, 0) > 20) {
      throw new ServiceError('LimitExceededException', 'More than 20 staging labels.')
    }
    secret.changedAt = now()
    return version
  }
  const stagesOf = (secret: StoredSecret): Record<string, readonly string[]> | undefined => {
    const labelled = [...secret.versions.values()].filter(({ stages }) => stages.size > 0)
    return labelled.length === 0 ? undefined : Object.fromEntries(labelled.map(({ id, stages }) => [id, [...stages]]))
  }
  const describe = (secret: StoredSecret): Record<string, unknown> => ({
    ARN: secret.arn,
    Name: secret.name,
    Description: secret.description,
    KmsKeyId: secret.kmsKeyId,
    Tags: secret.tags,
    CreatedDate: secret.createdAt / 1000,
    LastChangedDate: secret.changedAt / 1000,
    // "The date and time the deletion of the secret occurred."
    DeletedDate: secret.deletedAt === undefined ? undefined : secret.deletedAt / 1000,
  })
  const answerFor = (secret: StoredSecret, version: StoredVersion): Record<string, unknown> => ({
    ARN: secret.arn,
    Name: secret.name,
    VersionId: version.id,
    SecretString: version.text,
    VersionStages: [...version.stages],
    CreatedDate: version.createdAt / 1000,
  })
  const getValue = (parameters: Parameters): Record<string, unknown> => {
    const secret = findLive(parameters)
    const { VersionId, VersionStage = 'AWSCURRENT' } = parameters
    if (typeof VersionId === 'string' && (VersionId.length < 32 || VersionId.length > 64)) throw invalid('VersionId')
    const version =
      VersionId === undefined ? holderOf(secret, String(VersionStage)) : secret.versions.get(String(VersionId))
    if (version !== undefined) return answerFor(secret, version)
    throw new ServiceError('ResourceNotFoundException', "Secrets Manager can't find the specified secret value.")
  }

  const actions: Readonly<Record<string, (parameters: Parameters) => Record<string, unknown>>> = {
    CreateSecret(parameters) {
      const name = String(parameters.Name)
      if (!/^[A-Za-z0-9/_+=.@-]{1,512}$/.test(name)) throw invalid(`The name ${name} is not valid.`)
      // An array of the SDK's own making.
      const tags = (parameters.Tags ?? []) as StoredSecret['tags']
      const isTag = ({ Key, Value }: { Key: string; Value: string }): boolean =>
        Key.length > 0 &&
        Key.length <= 128 &&
        Value.length <= 256 &&
        !/^aws:/i.test(Key) &&
        /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u.test(Key + Value)
      if (tags.length > 50 || !tags.every(isTag)) throw invalid('A tag is not valid.')
      const there = secrets.get(name)
      if (there?.deletedAt !== undefined) {
        throw new ServiceError(
          'InvalidRequestException',
          "You can't create this secret because a secret with this name is already scheduled for deletion.",
        )
      }
      if (there !== undefined) throw new ServiceError('ResourceExistsException', `The secret ${name} already exists.`)
      sequence += 1
      const suffix = createHash('sha256')
        .update(`${name} ${sequence}`)
        .digest('base64')
        .replace(/[+/=]/g, 'x')
        .slice(0, 6)
      const secret: StoredSecret = {
        name,
        arn: `arn:aws:secretsmanager:eu-central-1:000000000000:secret:${name}-${suffix}`,
        description: String(parameters.Description ?? ''),
        kmsKeyId: parameters.KmsKeyId === undefined ? undefined : String(parameters.KmsKeyId),
        tags,
        createdAt: now(),
        changedAt: now(),
        sequence,
        versions: new Map(),
      }
      const version = parameters.SecretString === undefined ? undefined : addVersion(secret, parameters, ['AWSCURRENT'])
      secrets.set(name, secret)
      return { ARN: secret.arn, Name: name, VersionId: version?.id }
    },
    PutSecretValue(parameters) {
      const secret = findLive(parameters)
      const there = secret.versions.get(String(parameters.ClientRequestToken))
      if (there !== undefined && there.text !== parameters.SecretString) {
        throw new ServiceError('ResourceExistsException', "You can't use a ClientRequestToken twice.")
      }
      // An array of texts of the driver's own making.
      const stages = (parameters.VersionStages ?? ['AWSCURRENT']) as readonly string[]
      const version = there ?? addVersion(secret, parameters, stages)
      return { ARN: secret.arn, Name: secret.name, VersionId: version.id, VersionStages: [...version.stages] }
    },
    UpdateSecretVersionStage(parameters) {
      const secret = findLive(parameters)
      const stage = String(parameters.VersionStage)
      const { RemoveFromVersionId: from, MoveToVersionId: to } = parameters
      const holder = holderOf(secret, stage)
      if (to !== undefined && holder !== undefined && from === undefined) {
        throw invalid("The parameter RemoveFromVersionId can't be empty.")
      }
      if (from !== undefined && holder?.id !== from)
        throw invalid(`The label ${stage} is not on version ${String(from)}.`)
      if (to === undefined) holder?.stages.delete(stage)
      else {
        const version = secret.versions.get(String(to))
        if (version === undefined) throw new ServiceError('ResourceNotFoundException', "Can't find the version.")
        label(secret, stage, version)
      }
      secret.changedAt = now()
      return { ARN: secret.arn, Name: secret.name }
    },
    GetSecretValue: getValue,
    BatchGetSecretValue(parameters) {
      // An array of texts of the driver's own making.
      const ids = parameters.SecretIdList as readonly string[]
      if (ids.length > 20) throw invalid('More than 20 secrets.')
      const SecretValues: unknown[] = []
      const Errors: unknown[] = []
      for (const SecretId of ids) {
        try {
          SecretValues.push(getValue({ SecretId }))
        } catch (error) {
          if (!(error instanceof ServiceError)) throw error
          Errors.push({ SecretId, ErrorCode: error.name, Message: error.message })
        }
      }
      return { SecretValues, Errors }
    },
    DescribeSecret(parameters) {
      const secret = find(parameters)
      return { ...describe(secret), VersionIdsToStages: stagesOf(secret) }
    },
    ListSecretVersionIds(parameters) {
      const secret = find(parameters)
      const Versions = [...secret.versions.values()]
        .filter(({ stages }) => parameters.IncludeDeprecated === true || stages.size > 0)
        .map(({ id, stages, createdAt }) => ({
          VersionId: id,
          ...(stages.size > 0 ? { VersionStages: [...stages] } : {}),
          CreatedDate: createdAt / 1000,
        }))
      return { ARN: secret.arn, Name: secret.name, Versions }
    },
    ListSecrets(parameters) {
      // Filters of the driver's own making.
      const filters = (parameters.Filters ?? []) as readonly { readonly Values: readonly string[] }[]
      const size = Number(parameters.MaxResults ?? 100)
      const after = Number(parameters.NextToken ?? 0)
      const found = [...secrets.values()]
        .sort((a, b) => a.sequence - b.sequence)
        .filter((secret) => parameters.IncludePlannedDeletion === true || secret.deletedAt === undefined)
        .filter(({ name }) => filters.every(({ Values }) => Values.some((value) => name.startsWith(value))))
        .filter((secret) => secret.sequence > after)
      const page = found.slice(0, size)
      return {
        SecretList: page.map((secret) => ({ ...describe(secret), SecretVersionsToStages: stagesOf(secret) })),
        NextToken: found.length > size ? String(page.at(-1)?.sequence) : undefined,
      }
    },
    DeleteSecret(parameters) {
      const { SecretId, RecoveryWindowInDays: days = 30, ForceDeleteWithoutRecovery: force } = parameters
      if (force === true) {
        secrets.delete(String(SecretId))
        return { Name: SecretId, DeletionDate: now() / 1000 }
      }
      if (Number(days) < 7 || Number(days) > 30) throw invalid('RecoveryWindowInDays')
      const secret = findLive(parameters)
      secret.deletedAt = now()
      return { ARN: secret.arn, Name: secret.name, DeletionDate: now() / 1000 + Number(days) * 86_400 }
    },
    RestoreSecret(parameters) {
      const secret = find(parameters)
      if (secret.deletedAt === undefined)
        throw new ServiceError('InvalidRequestException', 'It is not scheduled for deletion.')
      delete secret.deletedAt
      return { ARN: secret.arn, Name: secret.name }
    },
  }
  return {
    secrets,
    answer(action, parameters) {
      const handler = Object.hasOwn(actions, action) ? actions[action] : undefined
      if (handler === undefined) throw new ServiceError('UnknownOperationException', action)
      return handler(parameters)
    },
  }
}
