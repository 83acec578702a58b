namespace SuperD.Configuration;

/// <summary>Keys <c>limit</c> and <c>limit_total</c> as written: null means absent, and a value of null "unlimited".</summary>
/// <param name="Memory">In bytes.</param>
/// <param name="Processes">A count.</param>
/// <param name="Cpu">In percent of one processor.</param>
/// <param name="Io">In bytes per second.</param>
internal sealed record GroupLimitsConfig(Written<long?>? Memory, Written<int?>? Processes, Written<int?>? Cpu, Written<long?>? Io);
