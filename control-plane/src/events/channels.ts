/** Notices are ranges of events that were stored just now, as `formatRange` writes them. */
export const eventChannel = 'mailfleet_events'
