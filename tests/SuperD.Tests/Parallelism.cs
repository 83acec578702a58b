using NUnit.Framework;

// Tests spend most of their time waiting for a process, a timeout or a retry, so more fixtures run in parallel than a
// small machine has cores. Fixtures that examine the test process itself (its descriptors, children, memory) or change
// the machine are [NonParallelizable]: they run after all others.
[assembly: Parallelizable(ParallelScope.Fixtures)]
[assembly: LevelOfParallelism(6)]
