/** Whether a hold is about a message, as SQL over aliases of both. Nodes decide the same by themselves (their queue-scope.ts). */
export const holds = (hold: string, message: string): string => `
  (${hold}.transaction_id IS NULL OR (${hold}.mail_node_id = ${message}.mail_node_id
    AND ${hold}.transaction_id = ${message}.transaction_id AND ${hold}.recipient = ${message}.recipient))
  AND (${hold}.destination IS NULL OR ${hold}.destination = ${message}.destination)
  AND (${hold}.mailbox_id IS NULL OR ${hold}.mailbox_id = ${message}.mailbox_id)
  AND (${hold}.domain_id IS NULL OR ${hold}.domain_id = ${message}.domain_id)
  AND EXISTS (
    SELECT FROM domain AS sending JOIN tenant AS own ON own.id = sending.tenant_id
    JOIN tenant AS above ON above.path @> own.path
    WHERE sending.id = ${message}.domain_id AND above.id = ${hold}.tenant_id)`
