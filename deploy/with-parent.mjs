/** Preloaded into each child of the runner: when the runner dies, even by SIGKILL, the child stops as if told to. */
if (process.channel) {
  process.channel.unref()
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
}
