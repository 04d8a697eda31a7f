/** What the secret of a row is sealed for: it opens in that row alone. */
export const secretPurpose = (jobId: string, number: number): string => `job-row:${jobId}:${number}`
