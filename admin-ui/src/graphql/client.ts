/**
 * The GraphQL client. One exists per signed-in person: signing in or out makes a new one, so that nothing one person
 * was shown can reach the next from the cache, and the socket always carries the current session cookie.
 */
import { cacheExchange, Client, fetchExchange, mapExchange, subscriptionExchange } from '@urql/core'
import { createClient as createSocket, type Client as Socket } from 'graphql-ws'
import { ref, shallowRef } from 'vue'
import { fromCombined } from './api-error.ts'

type SocketState = 'idle' | 'connecting' | 'open' | 'lost'

/** What live pages show of the socket. */
export const socketState = ref<SocketState>('idle')

let onSessionEnded = (): void => undefined
/** Called when the server answers that nobody is signed in. */
export function whenSessionEnds(callback: () => void): void {
  onSessionEnded = callback
}

let onEnrolmentDemanded = (): void => undefined
/** Called when the server answers that nothing can be done before a second factor is set up. */
export function whenEnrolmentDemanded(callback: () => void): void {
  onEnrolmentDemanded = callback
}

function openSocket(): Socket {
  const url = new URL('/graphql', window.location.href)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  return createSocket({
    url: url.href,
    lazy: true,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
    // Jitter, so that a restarted server is not met by every open console at once.
    retryWait: (retries) =>
      new Promise((resolve) => setTimeout(resolve, Math.min(1_000 * 2 ** retries, 15_000) * (0.5 + Math.random()))),
    on: {
      connecting: () => (socketState.value = 'connecting'),
      connected: () => (socketState.value = 'open'),
      closed: (event) => (socketState.value = (event as CloseEvent).code === 1000 ? 'idle' : 'lost'),
    },
  })
}

function createGraphqlClient(): Client {
  socket = openSocket()
  const current = socket
  return new Client({
    url: '/graphql',
    preferGetMethod: false,
    fetchOptions: { credentials: 'same-origin' },
    exchanges: [
      mapExchange({
        onError(error, operation) {
          const { code } = fromCombined(error)
          if (operation.kind !== 'subscription' && code === 'UNAUTHENTICATED') onSessionEnded()
          if (code === 'TWO_FACTOR_REQUIRED') onEnrolmentDemanded()
        },
      }),
      cacheExchange,
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: (request) => ({
          subscribe: (sink) => ({
            unsubscribe: current.subscribe({ query: request.query ?? '', variables: request.variables }, sink),
          }),
        }),
      }),
    ],
  })
}

let socket: Socket
export const client = shallowRef<Client>(createGraphqlClient())

export function renewClient(): void {
  // One that is just being refused has nothing to close, and says so.
  Promise.resolve(socket.dispose()).catch(() => undefined)
  client.value = createGraphqlClient()
}
