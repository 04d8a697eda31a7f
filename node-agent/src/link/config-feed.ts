/**
 * Takes config frames off the stream, one after the other, and acknowledges each once the state holds it durably and the engine has
 * it. Repeated frames of a finished snapshot are ignored.
 */
import type { ConfigResult } from '@mailfleet/schema'
import type { Logger } from 'pino'
import type { ConfigState } from '../config/config-state.js'
import { ackConfig, configStream, protocolVersion } from './protocol.js'
import type { ConfigFrame } from './protocol.js'
import type { Session } from './session.js'

export interface ConfigFeedOptions {
  session: Session
  state: ConfigState
  logger: Logger
  window?: number
  /** The stream works. */
  onFrame: () => void
  /** The running revision or the refused resources changed. */
  onChange: () => void
}

/** Runs until the connection ends or the stream breaks its rules; always rejects in the end. */
export async function runConfigFeed(options: ConfigFeedOptions): Promise<never> {
  const { session, state, logger, window = 8 } = options
  for (;;) {
    const position = state.position
    const feed = new Feed(options)
    const variables = {
      epoch: position?.epoch ?? null,
      sinceRevision: position?.revision ?? null,
      window,
      protocolVersion,
    }
    let resync = false
    for await (const { configStream: frame } of session.stream<{ configStream: ConfigFrame }>(
      configStream,
      variables,
    )) {
      options.onFrame()
      if (frame.__typename === 'Resync') {
        if (state.position === null) throw new Error(`the control plane asks for a resync of nothing: ${frame.reason}`)
        resync = true
        logger.info({ reason: frame.reason }, 'the control plane sends all config again')
        state.forgetPosition()
        break
      }
      await feed.take(frame)
    }
    session.closed.throwIfAborted()
    if (!resync) throw new Error('the control plane ended the config stream')
  }
}

/** Of a large snapshot only so many results are told, refused keys first; what is not named is in force. */
const maxResults = 5_000
const maxLoggedRefusals = 20

class Feed {
  private snapshotOpen = false
  /** Nonces of the last finished snapshot, and what its end was answered with. */
  private finished: { begin: string; end: string; results: ConfigResult[] } | null = null
  private begun = ''

  constructor(private readonly options: ConfigFeedOptions) {}

  async take(frame: ConfigFrame): Promise<void> {
    const { state } = this.options
    switch (frame.__typename) {
      case 'SnapshotBegin':
        if (frame.nonce === (this.snapshotOpen ? this.begun : this.finished?.begin)) return
        await state.beginSnapshot(frame)
        this.snapshotOpen = true
        this.begun = frame.nonce
        return
      case 'SnapshotChunk':
        if (this.snapshotOpen) await state.addToSnapshot(frame.entries)
        return
      case 'SnapshotEnd': {
        if (!this.snapshotOpen) {
          if (frame.nonce === this.finished?.end) this.acknowledge(frame.nonce, this.finished.results)
          return
        }
        const results = await state.endSnapshot(frame)
        this.snapshotOpen = false
        this.finished = { begin: this.begun, end: frame.nonce, results }
        this.acknowledge(frame.nonce, results)
        return
      }
      case 'Delta':
        this.acknowledge(frame.nonce, await state.delta(frame.revision, frame.entries))
        return
      case 'Bookmark':
        await state.bookmark(frame.revision)
    }
  }

  /** Not awaited: the answer may have to wait behind frames that are still to be read. */
  private acknowledge(nonce: string, results: ConfigResult[]): void {
    const { session, logger, onChange } = this.options
    const refused = results.filter((result) => result.status === 'REJECTED')
    const applied = results.filter((result) => result.status === 'APPLIED')
    for (const { key, version, error } of refused.slice(0, maxLoggedRefusals)) {
      logger.warn({ key, version, reason: error }, 'config resource refused, the last good version stays in force')
    }
    const told = [...refused, ...applied].slice(0, maxResults)
    session.request(ackConfig, { nonce, results: told }).catch((error: Error) => {
      if (session.closed.aborted) return
      logger.warn({ err: error }, 'an acknowledgement of config was refused')
      session.close()
    })
    onChange()
  }
}
