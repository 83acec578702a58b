namespace SuperD.Benchmarks;

/// <summary>The reason why a scenario or the whole benchmark cannot continue; the message is for the user.</summary>
internal sealed class BenchException(string message) : Exception(message);
