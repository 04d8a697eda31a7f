/** Reads the JSON of a request, bounded. What it refuses is answered with the status of the error. */
import type { IncomingMessage } from 'node:http'

export class BodyError extends Error {
  constructor(
    readonly status: 400 | 413 | 415,
    message: string,
  ) {
    super(message)
  }
}

const json = /^application\/(json|graphql-response\+json)\s*(;|$)/i

export async function readJsonBody(request: IncomingMessage, maxBytes: number, types = json): Promise<unknown> {
  if (!types.test(request.headers['content-type'] ?? '')) {
    throw new BodyError(415, 'The content type must be JSON.')
  }
  // A compressed body of some kilobytes may be gigabytes; nothing that we take is long enough to need it.
  if ((request.headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw new BodyError(415, 'The body must not be compressed.')
  }
  const tooLarge = () => new BodyError(413, `A request has at most ${maxBytes} bytes.`)
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge()
  const text = await textOf(request, maxBytes, tooLarge)
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    throw new BodyError(400, 'The body is not JSON.')
  }
  if (Array.isArray(body)) throw new BodyError(400, 'One operation a request.')
  return body
}

/** By events: an asynchronous iterator costs more than all else that is done with a small body. */
function textOf(request: IncomingMessage, maxBytes: number, tooLarge: () => BodyError): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= maxBytes) return void chunks.push(chunk)
      // The rest is read and dropped: whoever still sends it is to see the answer.
      if (chunks.splice(0).length > 0 || bytes === chunk.length) reject(tooLarge())
    })
    request.on('end', () => resolve((chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString()))
    const closed = () => !request.readableEnded && reject(new BodyError(400, 'The body ended early.'))
    request.on('close', closed)
    request.on('error', closed)
    // It may have been, while something else was waited for.
    if (request.destroyed) closed()
  })
}
