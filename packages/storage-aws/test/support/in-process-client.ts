import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'

/** What a request is answered with, as it stands on the wire. */
export interface WireAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: unknown
}

/** A request as it stands on the wire. */
export interface WireRequest {
  /** `GetSecretValue`. */
  readonly action: string
  readonly body: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, string>>
}

/** Not a secret of anybody's, and searched for in whatever the tests print. */
export const plantedSecretKey = 'planted-secret-access-key'

/** A client of the real SDK whose requests are answered in this process: they are signed, written and read as ever. */
export const createInProcessClient = (
  answer: (request: WireRequest) => Promise<WireAnswer> | WireAnswer,
): SecretsManagerClient =>
  new SecretsManagerClient({
    region: 'eu-central-1',
    maxAttempts: 1,
    credentials: {
      accessKeyId: 'AKIAEXAMPLE',
      secretAccessKey: plantedSecretKey,
      sessionToken: 'planted-session-token',
    },
    requestHandler: {
      async handle(request: { readonly headers: Record<string, string>; readonly body: string | Uint8Array }) {
        const action = String(request.headers['x-amz-target']).replace('secretsmanager.', '')
        // The SDK writes an object.
        const body = JSON.parse(
          typeof request.body === 'string' ? request.body : new TextDecoder().decode(request.body),
        ) as Record<string, unknown>
        const { status, headers = {}, body: content } = await answer({ action, body, headers: request.headers })
        const text = typeof content === 'string' ? content : JSON.stringify(content)
        return {
          response: {
            statusCode: status,
            headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': 'request-1', ...headers },
            body: new TextEncoder().encode(text),
          },
        }
      },
    },
  })
