namespace SuperD.Benchmarks.Attack.Fuzzers;

/// <summary>Mutated configurations for <c>superd check</c>, several dozen per process.</summary>
internal sealed class TomlFuzzer(AttackTarget target) : BatchFuzzer("toml", target, TimeSpan.FromMilliseconds(300))
{
    private const int Files = 60;

    protected override int Attack(Random random)
    {
        string folder = EmptyFolder(), services = Directory.CreateDirectory(Path.Combine(folder, "services.d")).FullName;
        for (int number = 0; number < Files; number++)
        {
            byte[] good = ServiceTexts.Service(20_000 + number, random);
            File.WriteAllBytes(Path.Combine(services, $"fuzz-{number}.toml"), Mutator.Mutate(good, random, ServiceTexts.Lines));
        }

        byte[] server = ServiceTexts.Server(random);
        string file = Path.Combine(folder, "superd.toml");
        File.WriteAllBytes(file, random.Next(3) == 0 ? Mutator.Mutate(server, random, ServiceTexts.Lines) : server);
        Check([0, 78], "check", "-c", file);
        return Files + 1;
    }
}
