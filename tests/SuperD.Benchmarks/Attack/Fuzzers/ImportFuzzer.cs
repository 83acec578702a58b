using System.Text;

namespace SuperD.Benchmarks.Attack.Fuzzers;

/// <summary>Mutated xinetd, inetd and systemd configurations for <c>superd import</c>, made from the corpus of the tests.</summary>
internal sealed class ImportFuzzer(AttackTarget target) : BatchFuzzer("import", target, TimeSpan.FromMilliseconds(300))
{
    private const int Files = 40;

    /// <summary>All written; something put aside; no such configuration; no input; a file that cannot be read or written.</summary>
    private static readonly int[] s_codes = [0, 1, 65, 69, 74];

    private static readonly byte[][] s_xinetd = Read("xinetd", "*"), s_inetd = Read("inetd", "*");
    private static readonly byte[][] s_sockets = Read("systemd", "*.socket"), s_units = Read("systemd", "*.service");

    protected override int Attack(Random random)
    {
        string folder = EmptyFolder(), output = Path.Combine(folder, "out");
        switch (random.Next(3))
        {
            case 0:
                string directory = Directory.CreateDirectory(Path.Combine(folder, "xinetd.d")).FullName;
                string main = Path.Combine(folder, "xinetd.conf");
                Write(directory, "service", s_xinetd, random);
                byte[] include = Encoding.UTF8.GetBytes($"\nincludedir {directory}\n");
                File.WriteAllBytes(main, [.. Mutator.Mutate(Pick(random, s_xinetd), random, s_xinetd), .. include]);
                Check(s_codes, "import", "xinetd", main, "-o", output);
                return Files + 1;
            case 1:
                string file = Path.Combine(folder, "inetd.conf");
                var lines = Enumerable.Range(0, Files).Select(_ => Mutator.Mutate(Pick(random, s_inetd), random, s_inetd));
                File.WriteAllBytes(file, [.. lines.SelectMany(line => (byte[])[.. line, (byte)'\n'])]);
                Check(s_codes, "import", "inetd", "--dialect", Pick(random, "openbsd", "inetutils"), file, "-o", output);
                return Files;
            default:
                Write(folder, "unit", s_sockets, random, ".socket");
                Write(folder, "unit", s_units, random, Pick(random, ".service", "@.service"));
                Check(s_codes, ["import", "systemd", "-o", output, .. Directory.GetFiles(folder, "*.socket")]);
                return Files * 2;
        }
    }

    private static void Write(string folder, string name, byte[][] good, Random random, string ending = "")
    {
        for (int number = 0; number < Files; number++)
        {
            File.WriteAllBytes(Path.Combine(folder, $"{name}{number}{ending}"), Mutator.Mutate(Pick(random, good), random, good));
        }
    }

    private static byte[][] Read(string folder, string pattern) =>
        [
            .. Directory
                .GetFiles(Path.Combine(AppContext.BaseDirectory, "Corpus", folder), pattern)
                .Order(StringComparer.Ordinal)
                .Select(File.ReadAllBytes),
        ];
}
