namespace SuperD.Benchmarks;

/// <summary>Why a scenario, or the whole benchmark, cannot go on; its message is for the user.</summary>
internal sealed class BenchException(string message) : Exception(message);
