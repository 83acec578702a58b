namespace SuperD.Tests.Support;

/// <summary>C programs that a test compiles.</summary>
internal static class CProgram
{
    /// <summary>Compiles one source text to a static executable in a directory; returns its absolute path.</summary>
    /// <param name="toolchain">The compiler; null = the machine's own.</param>
    public static string Compile(TempDir directory, string name, string source, Toolchain? toolchain = null)
    {
        var compiler = new PreparedTool(toolchain?.Find("gcc") ?? Needs.Program("cc"));
        directory.Write($"{name}.c", source);
        compiler.Run(directory.Path, "-O2", "-static", "-Wall", "-Werror", "-o", name, $"{name}.c");
        return directory[name];
    }
}
