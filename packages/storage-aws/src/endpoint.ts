/** What an endpoint has to be, for messages. */
export const endpointRule = 'an https: URL without credentials; http: only for this machine'

/** Secrets are sent there: only by TLS, unless it is an emulator on this machine. */
export const isEndpoint = (text: string): boolean => {
  const url = URL.parse(text)
  if (url === null || url.username !== '' || url.password !== '') return false
  return (
    url.protocol === 'https:' || (url.protocol === 'http:' && /^(?:localhost|127\.[\d.]+|\[::1\])$/.test(url.hostname))
  )
}
