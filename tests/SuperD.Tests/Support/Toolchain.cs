using System.Runtime.InteropServices;

namespace SuperD.Tests.Support;

/// <summary>gcc, as and objcopy for a processor: the machine's own, or Debian's cross compiler and the headers that belong to it.</summary>
/// <param name="processor"><see cref="X64"/> or <see cref="Arm64"/>.</param>
internal sealed class Toolchain(string processor)
{
    /// <summary>The processors' names in those of the programs.</summary>
    public const string X64 = "x86_64", Arm64 = "aarch64";

    private readonly string _prefix = processor == Own ? "" : $"{processor}-linux-gnu-";

    private static string Own => RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? Arm64 : X64;

    /// <summary>Whether programs that it makes run here.</summary>
    public bool IsOwn => processor == Own;

    /// <summary>The path of one of the programs: <c>gcc</c>.</summary>
    public string Find(string program) => Needs.Program(_prefix + program);

    /// <summary>Runs one of the programs and returns its stdout.</summary>
    public string Run(string program, params string[] arguments) => Tool.Run(Find(program), arguments);

    /// <summary>The bytes that a source in C or of the assembler compiles to.</summary>
    /// <param name="section"><c>.text</c>, <c>.rodata</c>.</param>
    public byte[] Compile(TempDir directory, string source, string section)
    {
        Run("gcc", "-c", "-o", directory["object"], source);
        Run("objcopy", "-O", "binary", "-j", section, directory["object"], directory["bytes"]);
        return File.ReadAllBytes(directory["bytes"]);
    }
}
