namespace SuperD.Tests.Support;

/// <summary>Paths in the checkout that the tests were built from.</summary>
internal static class Repository
{
    /// <summary>The folder of SuperD.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The absolute path of a file or folder, given relative to the root.</summary>
    public static string PathOf(string relativePath) => Path.Combine(Root, relativePath);

    /// <summary>Absolute path of a program from another project of the solution, built in the same configuration as the tests.</summary>
    public static string Built(string project, string program)
    {
        // .artifacts/bin/PROJECT/CONFIGURATION/
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        var path = Path.Combine(own.Parent!.Parent!.FullName, project, own.Name, program); // the layout above has both parents
        return File.Exists(path) ? path : throw new FileNotFoundException($"{path} is not there: build the solution first");
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "SuperD.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"no SuperD.sln above {AppContext.BaseDirectory}");
    }
}
