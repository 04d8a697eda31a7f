/** Notices are lists of the ids of jobs that are new, or have gone on. */
export const jobChannel = 'mailfleet_jobs'
