using SuperD.Benchmarks.Scenarios;
namespace SuperD.Benchmarks.Soak;
internal sealed class SoakScenario() : Scenario("soak", "x")
{
    public override bool RunsByDefault => false;
    public override void Run(Bench bench) { }
}
