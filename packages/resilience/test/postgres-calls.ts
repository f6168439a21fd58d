import { type ErrorCode, HoldfastError } from '@holdfast/contracts'
import pg from 'pg'

/** A connection to PostgreSQL whose failures are HoldfastErrors. */
export interface PostgresConnection {
  query(sql: string, parameters?: readonly unknown[]): Promise<pg.QueryResult>
  /** Ends it at once, also in the middle of a query. */
  destroy(): void
}

/** Opens a connection; the signal gives it up, whether it is there already or not. */
export const connectPostgres = async (connectionString: string, signal?: AbortSignal): Promise<PostgresConnection> => {
  const client = new pg.Client({
    connectionString,
    application_name: 'resilience',
    // The server is shared by all tests: it soon ends the queries of clients that are gone.
    options: '-c client_connection_check_interval=100',
  })
  // The calls say what has failed.
  client.on('error', () => {})
  const destroy = (): void => void client.connection.stream.destroy()
  signal?.addEventListener('abort', destroy, { once: true })
  const running = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work
    } catch (error) {
      throw toHoldfastError(error)
    }
  }
  await running(client.connect())
  return { query: (sql, parameters = []) => running(client.query(sql, [...parameters])), destroy }
}

/** Runs one query on a connection of its own. */
export const queryOnce = async (
  connectionString: string,
  sql: string,
  parameters: readonly unknown[] = [],
  signal?: AbortSignal,
): Promise<pg.QueryResult> => {
  const connection = await connectPostgres(connectionString, signal)
  try {
    return await connection.query(sql, parameters)
  } finally {
    connection.destroy()
  }
}

const toHoldfastError = (error: unknown): HoldfastError =>
  new HoldfastError({
    code: codeOf(error),
    source: 'test',
    operation: 'query',
    message: 'PostgreSQL did not do it.',
    hint: 'Look at the cause.',
    cause: error,
  })

/** Classes of SQLSTATE (PostgreSQL, appendix A); what has none never reached the server, or its answer never came. */
const codeOf = (error: unknown): ErrorCode => {
  if (!(error instanceof pg.DatabaseError)) return 'UNAVAILABLE'
  if (error.code === '23505') return 'ALREADY_EXISTS'
  return error.code?.startsWith('57') || error.code?.startsWith('53') ? 'UNAVAILABLE' : 'INVALID_ARGUMENT'
}
