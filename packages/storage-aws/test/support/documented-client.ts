import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import {
  createDocumentedSecretsManager,
  type DocumentedSecretsManager,
  ServiceError,
} from './documented-secrets-manager.ts'
import { createInProcessClient, type WireAnswer, type WireRequest } from './in-process-client.ts'

/** A client of the documented service, and what went over the wire. */
export interface DocumentedClient {
  readonly client: SecretsManagerClient
  readonly service: DocumentedSecretsManager
  readonly requests: WireRequest[]
  /** Asked before each request arrives, and may wait; an answer in its place means that the service never hears of it. */
  before: (request: WireRequest) => Promise<WireAnswer | undefined> | WireAnswer | undefined
  /** Asked when the service has done its part; what it gives is seen in place of the answer. */
  after: (request: WireRequest) => Promise<WireAnswer | undefined> | WireAnswer | undefined
}

/** An error as AWS writes it. */
export const wireError = (name: string, message = '', status = 400): WireAnswer => ({
  status,
  body: { __type: name, message },
})

/** Makes a {@link DocumentedClient}; several may share a service. */
export const createDocumentedClient = (
  service: DocumentedSecretsManager = createDocumentedSecretsManager(),
): DocumentedClient => {
  const nothing = (): undefined => undefined
  const made: DocumentedClient = {
    service,
    requests: [],
    before: nothing,
    after: nothing,
    client: createInProcessClient(async (request) => {
      made.requests.push(request)
      const instead = await made.before(request)
      if (instead !== undefined) return instead
      let answer: WireAnswer
      try {
        answer = { status: 200, body: service.answer(request.action, request.body) }
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error
        answer = wireError(error.name, error.message)
      }
      return (await made.after(request)) ?? answer
    }),
  }
  return made
}
