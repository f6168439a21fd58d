import { request } from 'node:http'

/** The variable by which the processes of one run find their supervisor. */
export const supervisorVariable = 'HOLDFAST_SERVERS_SOCKET'

/** The address of the supervisor of this run, if there is one. */
export const supervisorFromEnvironment = (): string | undefined => process.env[supervisorVariable]

/** Sends one request to a supervisor and resolves with its answer, however long it takes. */
export const askSupervisor = (address: string, path: string, body = ''): Promise<string> =>
  new Promise((resolve, reject) => {
    const asked = request({ socketPath: address, path, method: 'POST', agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => resolve(text))
      response.on('error', reject)
    })
    asked.on('error', reject)
    asked.end(body)
  })
