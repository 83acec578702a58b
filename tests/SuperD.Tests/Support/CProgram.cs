namespace SuperD.Tests.Support;

/// <summary>Programs in C, compiled by a test.</summary>
internal static class CProgram
{
    /// <summary>Compiles one source text to a static executable in a directory; its absolute path.</summary>
    public static string Compile(TempDir directory, string name, string source)
    {
        var compiler = new PreparedTool(Needs.Program("cc"));
        directory.Write($"{name}.c", source);
        compiler.Run(directory.Path, "-O2", "-static", "-Wall", "-Werror", "-o", name, $"{name}.c");
        return directory[name];
    }
}
