using System.Text;
using SuperD.Linux;

namespace SuperD.Upgrading;

/// <summary>The program that superd is to become, held open from before it is asked until it is executed: so what has answered is what is executed.</summary>
/// <remarks>
/// A binary is asked and executed through one descriptor. A script can only be executed by its path; its inode, size and times are
/// compared right before. So are, for both, the files a runtime reads the program from: the assembly that is an argument of <c>dotnet</c>,
/// or that stands beside .NET's own launcher.
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

    /// <summary>What is executed, whatever stands at the path by then; null for a script.</summary>
    public Fd? Binary { get; }

    /// <summary>Finds and opens what would be executed now if superd were started the way it was.</summary>
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

    /// <summary>The path of a file that is not the one, or not as it was, when this was found; null for none.</summary>
    public string? FindChange() => _files.Find(file => !file.IsUnchanged)?.Path;

    /// <summary>Becomes it: see <see cref="ProcessImage.Replace"/>.</summary>
    /// <param name="name">Of a variable that is added to the environment; another of this name goes.</param>
    public SysResult Replace(IReadOnlyList<int> kept, string name, string value)
    {
        byte[] prefix = Encoding.UTF8.GetBytes(name + '=');
        ProcessImage next = Image with
        {
            Environment = [.. Image.Environment.Where(text => !text.AsSpan().StartsWith(prefix)), [.. prefix, .. Encoding.UTF8.GetBytes(value)]],
        };
        return next.Replace(kept, Binary);
    }

    public void Dispose() => _files.ForEach(file => file.Dispose());

    private static IEnumerable<HeldFile> OpenAssemblies(string program, IReadOnlyList<string> hostArguments)
    {
        // .NET's launcher looks beside the file it is, not beside a link that leads to it.
        string real = new FileInfo(program).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? program;
        foreach (string path in hostArguments.Skip(1).Where(argument => argument.EndsWith(".dll", StringComparison.Ordinal)).Append(real + ".dll"))
        {
            if (!HeldFile.Open(path, out HeldFile? file).IsError)
            {
                yield return file!; // no error: it is open
            }
        }
    }
}
