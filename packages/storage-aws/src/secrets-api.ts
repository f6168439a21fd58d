import {
  type $Command,
  BatchGetSecretValueCommand,
  type BatchGetSecretValueCommandInput,
  type BatchGetSecretValueCommandOutput,
  CreateSecretCommand,
  type CreateSecretCommandInput,
  type CreateSecretCommandOutput,
  DeleteSecretCommand,
  type DeleteSecretCommandInput,
  type DeleteSecretCommandOutput,
  DescribeSecretCommand,
  type DescribeSecretCommandInput,
  type DescribeSecretCommandOutput,
  GetSecretValueCommand,
  type GetSecretValueCommandInput,
  type GetSecretValueCommandOutput,
  ListSecretsCommand,
  type ListSecretsCommandInput,
  type ListSecretsCommandOutput,
  ListSecretVersionIdsCommand,
  type ListSecretVersionIdsCommandInput,
  type ListSecretVersionIdsCommandOutput,
  PutSecretValueCommand,
  type PutSecretValueCommandInput,
  type PutSecretValueCommandOutput,
  RestoreSecretCommand,
  type RestoreSecretCommandInput,
  type RestoreSecretCommandOutput,
  type SecretsManagerClient,
  type SecretsManagerClientResolvedConfig,
  type ServiceInputTypes,
  type ServiceOutputTypes,
  UpdateSecretVersionStageCommand,
  type UpdateSecretVersionStageCommandInput,
  type UpdateSecretVersionStageCommandOutput,
} from '@aws-sdk/client-secrets-manager'
import { mayHaveArrived, source } from './errors.ts'
import type { WriteLimiter } from './write-limiter.ts'

/** One call of the contract, on its way through one or more requests. */
export interface Call {
  readonly operation: string
  readonly id?: string | undefined
  readonly signal: AbortSignal
  readonly deadline?: number | undefined
  /** The request that decides is under way, or may have arrived although it failed. */
  isDecided: boolean
  /** The action of the request that was sent last, for an error that says what is not allowed. */
  lastAction?: string | undefined
}

/** A request that changes something; `decides` when the call has had its effect once it arrives. */
export interface WriteRequest {
  readonly decides: boolean
}

type Read<Input, Output> = (call: Call, input: Input) => Promise<Output>
type Write<Input, Output> = (call: Call, input: Input, request: WriteRequest) => Promise<Output>

/** The actions of Secrets Manager that this driver needs. They reject with what the SDK throws. */
export interface SecretsApi {
  readonly getSecretValue: Read<GetSecretValueCommandInput, GetSecretValueCommandOutput>
  readonly batchGetSecretValue: Read<BatchGetSecretValueCommandInput, BatchGetSecretValueCommandOutput>
  readonly describeSecret: Read<DescribeSecretCommandInput, DescribeSecretCommandOutput>
  readonly listSecrets: Read<ListSecretsCommandInput, ListSecretsCommandOutput>
  readonly listSecretVersionIds: Read<ListSecretVersionIdsCommandInput, ListSecretVersionIdsCommandOutput>
  readonly createSecret: Write<CreateSecretCommandInput, CreateSecretCommandOutput>
  readonly putSecretValue: Write<PutSecretValueCommandInput, PutSecretValueCommandOutput>
  readonly updateSecretVersionStage: Write<UpdateSecretVersionStageCommandInput, UpdateSecretVersionStageCommandOutput>
  readonly deleteSecret: Write<DeleteSecretCommandInput, DeleteSecretCommandOutput>
  readonly restoreSecret: Write<RestoreSecretCommandInput, RestoreSecretCommandOutput>
}

type Command<Input extends ServiceInputTypes, Output extends ServiceOutputTypes> = $Command<
  Input,
  Output,
  SecretsManagerClientResolvedConfig,
  ServiceInputTypes,
  ServiceOutputTypes
>

/** Makes the {@link SecretsApi} of a client: reads are sent at once, writes when it is their turn. */
export const createSecretsApi = (client: SecretsManagerClient, limiter: WriteLimiter): SecretsApi => {
  const read =
    <Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
      action: string,
      command: new (input: Input) => Command<Input, Output>,
    ): Read<Input, Output> =>
    (call, input) => {
      call.lastAction = action
      return client.send(new command(input), { abortSignal: call.signal })
    }
  const write =
    <Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
      action: string,
      command: new (input: Input) => Command<Input, Output>,
    ): Write<Input, Output> =>
    async (call, input, { decides }) => {
      const { operation, signal, deadline } = call
      call.lastAction = action
      await limiter.take({ source, operation, signal, deadline })
      if (decides) call.isDecided = true
      try {
        return await client.send(new command(input), { abortSignal: signal })
      } catch (error) {
        if (decides && !signal.aborted) call.isDecided = mayHaveArrived(error)
        throw error
      }
    }
  return {
    getSecretValue: read('secretsmanager:GetSecretValue', GetSecretValueCommand),
    batchGetSecretValue: read('secretsmanager:BatchGetSecretValue', BatchGetSecretValueCommand),
    describeSecret: read('secretsmanager:DescribeSecret', DescribeSecretCommand),
    listSecrets: read('secretsmanager:ListSecrets', ListSecretsCommand),
    listSecretVersionIds: read('secretsmanager:ListSecretVersionIds', ListSecretVersionIdsCommand),
    createSecret: write('secretsmanager:CreateSecret', CreateSecretCommand),
    putSecretValue: write('secretsmanager:PutSecretValue', PutSecretValueCommand),
    updateSecretVersionStage: write('secretsmanager:UpdateSecretVersionStage', UpdateSecretVersionStageCommand),
    deleteSecret: write('secretsmanager:DeleteSecret', DeleteSecretCommand),
    restoreSecret: write('secretsmanager:RestoreSecret', RestoreSecretCommand),
  }
}
