using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>Maps the page of the launch routine (written to a memfd, mapped read and execute, never writable) and its records.</summary>
internal static unsafe class LaunchCode
{
    /// <summary>Maps the routine. Call once per process; the page is never unmapped.</summary>
    internal static delegate* unmanaged<nuint, byte*, int*, LaunchStep*, LaunchRecord*, nint, nint> Map()
    {
        if (Processor.FindObstacle(RuntimeInformation.ProcessArchitecture) is { } obstacle)
        {
            throw new PlatformNotSupportedException(obstacle);
        }

        using var memory = new Fd(LibC.memfd_create("superd-launch", LibC.MFD_CLOEXEC));
        SysResult written = memory.Write(MachineCode.Launch);
        byte* page = LibC.mmap(
            null, (nuint)MachineCode.Launch.Length, LibC.PROT_READ | LibC.PROT_EXEC, LibC.MAP_SHARED, memory.Value, 0);
        if (written.IsError || page == (byte*)-1)
        {
            throw new IOException($"map the launch routine: {Errno.Describe(Marshal.GetLastPInvokeError())}");
        }

        return (delegate* unmanaged<nuint, byte*, int*, LaunchStep*, LaunchRecord*, nint, nint>)page;
    }

    /// <summary>Maps zeroed shared memory, which a child writes to even when its other memory is its own. It is never unmapped.</summary>
    internal static byte* MapShared(nuint length)
    {
        byte* memory = LibC.mmap(null, length, LibC.PROT_READ | LibC.PROT_WRITE, LibC.MAP_SHARED | LibC.MAP_ANONYMOUS, -1, 0);
        return memory != (byte*)-1
            ? memory
            : throw new IOException($"map a launch's record: {Errno.Describe(Marshal.GetLastPInvokeError())}");
    }
}
