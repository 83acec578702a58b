using System.Runtime.InteropServices;
using SuperD.Benchmarks;
using SuperD.Benchmarks.Attack;
using SuperD.Benchmarks.Cluster;
using SuperD.Benchmarks.Scenarios;
using SuperD.Benchmarks.Soak;

if (args is [LaunchLoop.Option, .. string[] launches])
{
    return LaunchLoop.Run(launches);
}

Scenario[] scenarios =
[
    new RateScenario(),
    new LatencyScenario(),
    new LimitScenario(),
    new SandboxScenario(),
    new RefuseScenario(),
    new FloodScenario(),
    new IdleScenario(),
    new GrowScenario(),
    new ReloadScenario(),
    new RedirectScenario(),
    new GracefulScenario(),
];
Scenario[] tests = [new SoakScenario(), new AttackScenario(), new ClusterScenario()];

if (Options.Parse(args, [.. scenarios, .. tests], out string message) is not { } options)
{
    (message.StartsWith("usage", StringComparison.Ordinal) ? Console.Out : Console.Error).WriteLine(message);
    return message.StartsWith("usage", StringComparison.Ordinal) ? 0 : 64;
}

try
{
    if ((options.Scenarios.Contains(AttackScenario.Word) || options.Scenarios.Contains(ClusterScenario.Word)) && !OwnNamespaces.IsInside)
    {
        throw new BenchException(OwnNamespaces.Enter(args));
    }

    using var bench = new Bench(options);
    using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
    using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
    return bench.Run([.. ((Scenario[])[.. scenarios, .. tests]).Where(scenario => options.Scenarios.Contains(scenario.Name))]) ? 0 : 1;

    void Cancel(PosixSignalContext context)
    {
        context.Cancel = true;
        bench.Cancel();
    }
}
catch (BenchException problem)
{
    Console.Error.WriteLine($"superd-benchmarks: {problem.Message}");
    return 1;
}
