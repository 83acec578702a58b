using System.Text;
using SuperD.Linux;

namespace SuperD.Upgrading;

/// <summary>
/// The program that superd will become. It stays open between the check and execve, so that what was checked is what is executed.
/// </summary>
/// <remarks>
/// A binary is checked and executed through one descriptor. A script can only be executed by its path, so its inode, size and times are
/// compared right before. The same holds for the files that a runtime reads the program from: the assembly that is an argument of
/// <c>dotnet</c>, or the one beside .NET's own launcher.
/// </remarks>
internal sealed class NextVersion : IDisposable
{
    private readonly HeldFile _program;
    private readonly List<HeldFile> _files;

    private NextVersion(ProcessImage image, HeldFile program, List<HeldFile> files, IReadOnlyList<string> hostArguments)
    {
        Image = image;
        _program = program;
        _files = files;
        HostArguments = hostArguments;
        Binary = program.IsBinary() ? program.Descriptor : null;
    }

    public ProcessImage Image { get; }

    /// <summary>The program's name, and what a runtime needs before superd's own arguments.</summary>
    public IReadOnlyList<string> HostArguments { get; }

    /// <summary>The file that is executed, even if another one is at its path by then; null for a script.</summary>
    public Fd? Binary { get; }

    /// <summary>Finds and opens what would be executed if superd were started now as it was started.</summary>
    /// <param name="ownArguments">See <see cref="UpgradeOptions"/>.</param>
    public static NextVersion? Find(int ownArguments, out string? problem)
    {
        ProcessImage image;
        try
        {
            image = ProcessImage.Read();
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            problem = $"how superd was started cannot be read: {unreadable.Message}";
            return null;
        }

        SysResult opened = HeldFile.Open(image.Path, out HeldFile? program);
        if (program is null)
        {
            problem = $"{image.Path} cannot be run: {Errno.Describe(opened.Errno)}";
            return null;
        }

        string[] hostArguments = [.. image.Arguments.Take(image.Arguments.Count - ownArguments).Select(Encoding.UTF8.GetString)];
        problem = null;
        return new NextVersion(image, program, [program, .. OpenAssemblies(image.Path, hostArguments)], hostArguments);
    }

    /// <summary>The path of a file that was changed or replaced since it was opened; null for none.</summary>
    public string? FindChange() => _files.Find(file => !file.IsUnchanged)?.Path;

    /// <summary>Executes it in place of this superd: see <see cref="ProcessImage.Replace"/>.</summary>
    /// <param name="name">A variable that is set in its environment.</param>
    public SysResult Replace(IReadOnlyList<int> kept, string name, string value)
    {
        byte[] prefix = Encoding.UTF8.GetBytes(name + '=');
        ProcessImage next = Image with
        {
            Environment =
            [
                .. Image.Environment.Where(text => !text.AsSpan().StartsWith(prefix)),
                [.. prefix, .. Encoding.UTF8.GetBytes(value)],
            ],
        };
        return next.Replace(kept, Binary);
    }

    public void Dispose() => _files.ForEach(file => file.Dispose());

    private static IEnumerable<HeldFile> OpenAssemblies(string program, IReadOnlyList<string> hostArguments)
    {
        // .NET's launcher looks beside the file itself, not beside a link to it.
        string real = new FileInfo(program).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? program;
        IEnumerable<string> assemblies = hostArguments.Skip(1).Where(argument => argument.EndsWith(".dll", StringComparison.Ordinal));
        foreach (string path in assemblies.Append(real + ".dll"))
        {
            if (!HeldFile.Open(path, out HeldFile? file).IsError)
            {
                yield return file!; // open unless there was an error
            }
        }
    }
}
