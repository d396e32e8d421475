/** Loaded before a program: says on stderr, at its end, how many milliseconds of CPU time it took. */
process.on('exit', () => {
  const { user, system } = process.cpuUsage();
  process.stderr.write(`\ncpu ${(user + system) / 1000}\n`);
});
