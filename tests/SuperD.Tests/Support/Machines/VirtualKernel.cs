using System.Text.RegularExpressions;

namespace SuperD.Tests.Support.Machines;

/// <summary>The kernel of a virtual machine, and what is needed to fill a machine of its processor with programs and to start it.</summary>
/// <remarks>
/// Debian's package for arm64 in SUPERD_VM_KERNEL makes an arm64 machine; its libc6 and busybox-static are unpacked to the same directory,
/// and SUPERD_NATIVE is a superd for it. <c>src/packaging/test-arm64</c> does all that.
/// </remarks>
internal sealed class VirtualKernel
{
    private readonly (string Directory, string Image) _package = Needs.VirtualKernel();
    private readonly bool _isArm64;

    public VirtualKernel()
    {
        _isArm64 = _package.Image.EndsWith("-arm64", StringComparison.Ordinal);
        Toolchain = new Toolchain(_isArm64 ? Toolchain.Arm64 : Toolchain.X64);
    }

    /// <summary>The compiler for programs of the machine.</summary>
    public Toolchain Toolchain { get; }

    /// <summary>The processor's emulator.</summary>
    public string Emulator => Needs.Program(_isArm64 ? "qemu-system-aarch64" : "qemu-system-x86_64");

    /// <summary>The emulator's arguments that start this kernel.</summary>
    public IEnumerable<string> Arguments =>
        [.. _isArm64 ? (string[])["-machine", "virt", "-cpu", "max,pauth-impdef=on"] : [], "-kernel", _package.Image];

    /// <summary>The kernel's name of the first serial line.</summary>
    public string Console => _isArm64 ? "ttyAMA0" : "ttyS0";

    /// <summary>A busybox that needs no library.</summary>
    public string Busybox => Toolchain.IsOwn ? Needs.Program("busybox") : Path.Combine(_package.Directory, "bin/busybox");

    /// <summary>A module of the kernel, by its path below the directory of the modules.</summary>
    public string Module(string path) =>
        Path.Combine(_package.Directory, "lib/modules", Path.GetFileName(_package.Image)["vmlinuz-".Length..], path);

    /// <summary>The shared libraries that a program needs: their paths in the machine, and the files.</summary>
    public IEnumerable<(string Path, string File)> LibrariesOf(string program)
    {
        if (Toolchain.IsOwn)
        {
            string list = RunningProgram.RunToEnd(Needs.Program("ldd"), [program]).StandardOutput;
            return Regex.Matches(list, @"/(\S+) \(").Select(match => (match.Groups[1].Value, "/" + match.Groups[1].Value));
        }

        // ldd would have to run it. The libraries of libc6 need no others but each other.
        MatchCollection needed = Regex.Matches(Toolchain.Run("readelf", "-d", program), @"\(NEEDED\).*\[(.+)\]");
        const string Folder = "lib/aarch64-linux-gnu", Loader = "ld-linux-aarch64.so.1";
        return
        [
            .. needed.Select(match => $"{Folder}/{match.Groups[1].Value}").Select(path => (path, Path.Combine(_package.Directory, path))),
            ($"lib/{Loader}", Path.Combine(_package.Directory, Folder, Loader)),
        ];
    }
}
