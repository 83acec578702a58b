using System.Runtime.InteropServices;

namespace SuperD.Linux;

/// <summary>The size of a terminal's window.</summary>
/// <remarks>.NET's Console would first write control sequences that set up the keyboard, and never undo them.</remarks>
public static unsafe class TerminalSize
{
    /// <summary>The size of the terminal behind stdout; (0, 0) if there is none, or it does not know.</summary>
    public static (int Columns, int Rows) OfOutput()
    {
        const int Output = 1;
        Window window = default;
        return LibC.ioctl(Output, LibC.TIOCGWINSZ, &window) == 0 ? (window.Columns, window.Rows) : default;
    }

    /// <summary>struct winsize of asm-generic/termios.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Window
    {
        public ushort Rows;
        public ushort Columns;
        public ushort Width;
        public ushort Height;
    }
}
