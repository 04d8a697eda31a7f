import type { MessageContent, MessageSummary } from '../../message/message-content.js'
export const summarizeMessage = async (content: MessageContent): Promise<MessageSummary> => {
  const text = 'buffer' in content ? content.buffer.toString('latin1') : ''
  const headerSize = text.indexOf('\r\n\r\n') + 4
  const f = (n: string) => new RegExp(`^${n}: (.*)`, 'mi').exec(text.slice(0, headerSize))?.[1] ?? ''
  return {
    envelope: Buffer.from('(NIL "x" NIL NIL NIL NIL NIL NIL NIL NIL)'),
    body: Buffer.from('("TEXT" "PLAIN" NIL NIL NIL "7BIT" 1 1)'),
    bodyStructure: Buffer.from('("TEXT" "PLAIN" NIL NIL NIL "7BIT" 1 1 NIL NIL NIL NIL)'),
    headerSize,
    messageId: null,
    subject: f('subject'),
    from: f('from'),
    to: f('to'),
    cc: f('cc'),
    sentAt: null,
  }
}
