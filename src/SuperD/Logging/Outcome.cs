using SuperD.Linux;

namespace SuperD.Logging;

/// <summary>How a process ended, as log lines show it: <c>exit=0</c> or <c>signal=TERM</c>.</summary>
internal readonly record struct Outcome(ExitStatus Status)
{
    public override string ToString() =>
        Status.Signal == 0 ? $"exit={Status.Code}" : $"signal={Signal.Name(Status.Signal)}";
}
