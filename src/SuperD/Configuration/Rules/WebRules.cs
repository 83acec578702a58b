using System.Collections.Immutable;
using System.Text;
using SuperD.Linux;

namespace SuperD.Configuration.Rules;

/// <summary>builtin = "web": a service whose program is superd itself, as <c>superd web</c>.</summary>
/// <remarks>
/// From here on it is like any other service with <c>wait = true</c>: one process that accepts, in a sandbox and, where superd may, as a
/// user of its own. What the file says about them counts more than what is written here.
/// </remarks>
internal static class WebRules
{
    /// <summary>Fewer characters could be guessed.</summary>
    private const int ShortestToken = 16;

    private const int LongestToken = 256;

    private const int OthersMayRead = 0b000_111_111;

    /// <summary>Keys that the page decides.</summary>
    private static readonly string[] s_decided = ["wait", "match", "argv0", "tcpmux", "chroot"];

    /// <summary>Writes into a service that is the page what it means.</summary>
    /// <param name="consoles">Where the console's socket may be; empty if there is none.</param>
    /// <returns>What the console has to know of it; null for any other service.</returns>
    public static WebDefinition? Expand(ServiceConfig service, IReadOnlyList<string> consoles, LoadContext context)
    {
        if (service.Builtin is not { Value: Builtin.Web } written)
        {
            if (service.Web is { } web && (service.Builtin is not null || !service.MayMention("builtin")))
            {
                context.Problems.Error(web.Place, "web has no meaning without builtin = \"web\"; delete it");
            }

            return null;
        }

        foreach ((string key, Place place) in service.WrittenKeys.Where(one => s_decided.Contains(one.Key)))
        {
            context.Problems.Error(place, $"{key} has no meaning with builtin = \"web\": superd itself is the program; delete the line");
        }

        if (service.Listen?.Value.FirstOrDefault(address => address.Value.Transport == Transport.Udp) is { } udp)
        {
            context.Problems.Error(udp.Place, "builtin = \"web\" is for browsers, which come over TCP; write a port, or \"unix:PATH\"");
        }

        if (consoles.Count == 0)
        {
            context.Problems.Error(
                written.Place, "builtin = \"web\" shows what the console tells, and superd.toml has control.enabled = false");
        }

        WebConfig config = service.Web?.Value ?? new WebConfig(null, []);
        string? token = config.Write is { } file ? ReadToken(file, context) : null;
        IEnumerable<string> options =
        [
            .. consoles.SelectMany(console => new[] { "--socket", console }),
            .. config.Hosts.SelectMany(host => new[] { "--host", host.Value }),
            .. config.Write is null ? Array.Empty<string>() : ["--write"],
        ];
        IReadOnlyList<string> program = context.Host.OwnProgram();
        service.Exec ??= new([.. program, "web", .. options], written.Place);
        service.Wait = new(true, written.Place);
        service.Sandbox ??= new(SandboxProfile.Strict, written.Place);
        if (service.Sandbox.Value != SandboxProfile.None)
        {
            service.Network ??= new(true, written.Place); // it accepts

            // A runtime reads the assembly, and what is beside it; of a native superd there is nothing more than the program.
            IEnumerable<Written<string>> assemblies = program.Skip(1).Select(
                file => new Written<string>(Path.GetDirectoryName(file) ?? "/", written.Place));
            service.Readable = new([.. service.Readable?.Value ?? [], .. assemblies], written.Place);
        }

        // A file that is not in force, as superd comes, is no error on a machine that could not keep all of this.
        bool isInForce = service.Enabled is not { Value: false };
        if (!isInForce && service.Sandbox.Value != SandboxProfile.None)
        {
            service.SandboxBestEffort ??= new(true, written.Place);
        }

        if (context.Host.IsRoot && isInForce)
        {
            service.User ??= new(new Principal(DynamicUserDefinition.Word, 0), written.Place);
        }

        return new WebDefinition(token);
    }

    private static string? ReadToken(Written<string> written, LoadContext context)
    {
        const string HowTo = "'(umask 077; head -c 24 /dev/urandom | base64 > FILE)' makes one";
        string path = ExecRules.Absolute(written);
        SmallFile file = SmallFile.Read(path, LongestToken);
        context.Sources.Add((path, file.IsGood ? file.Stamp : FileStamp.Of(path)));
        string token = Encoding.ASCII.GetString(file.Bytes).TrimEnd('\r', '\n');
        uint owner = file.Status.UserId;
        string? wrong = !file.IsGood ? $"{file.Why}; {HowTo}"
            : owner != 0 && owner != context.Host.UserId ? $"belongs to uid {owner}, who is neither root nor superd's own user"
            : (file.Status.Permissions & OthersMayRead) != 0 ? "can be read by others, and its content is a password; 'chmod 600' it"
            : token.Length < ShortestToken || !token.All(one => one is > ' ' and < '\x7F')
                ? $"must have one line of {ShortestToken} or more letters, digits and signs, and nothing else; {HowTo}"
            : null;
        if (wrong is not null)
        {
            context.Problems.Error(written.Place, $"web.write: the file {Wording.Path(path)} {wrong}");
        }

        return wrong is null ? token : null;
    }
}
