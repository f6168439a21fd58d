import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'

/** How long a connection may take to come about, in milliseconds. */
const connectMs = 3000

/** How long a request may take when no layer gives it up earlier, in milliseconds: the longest timeout that layers take. */
const requestMs = 60_000

/** As many connections as calls that are to go on at the same time (spec 001: 100 parallel operations). */
const agent = { keepAlive: true, maxSockets: 128 }

/** The client of a storage that was given none: it repeats nothing, because that is for layers, and finds region and credentials as the SDK does. */
export const createClient = (region: string | undefined, endpoint: string | undefined): SecretsManagerClient =>
  new SecretsManagerClient({
    maxAttempts: 1,
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    requestHandler: {
      connectionTimeout: connectMs,
      requestTimeout: requestMs,
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: agent,
    },
  })
