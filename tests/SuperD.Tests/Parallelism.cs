using NUnit.Framework;

// Most of a test's time is waiting: for a process, a timeout, a retry. So fixtures run side by side, more of them than a small machine has
// cores. Those that look at the test process itself (its descriptors, children, memory) or change the machine are [NonParallelizable]:
// they run when all others are done.
[assembly: Parallelizable(ParallelScope.Fixtures)]
[assembly: LevelOfParallelism(6)]
