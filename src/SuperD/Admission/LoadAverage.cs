using System.Globalization;
using SuperD.Linux;

namespace SuperD.Admission;

/// <summary>The machine's load average over the last minute, from /proc/loadavg. Loop only.</summary>
/// <remarks>Read at most once a second, as the kernel updates it every five. If it cannot be read it is 0, which refuses nobody.</remarks>
internal sealed class LoadAverage(TimeProvider time, string file = "/proc/loadavg")
{
    private static readonly TimeSpan s_lifetime = TimeSpan.FromSeconds(1);

    private long? _readAt;
    private double _load;

    /// <summary>The current value.</summary>
    public double Value
    {
        get
        {
            if (_readAt is not { } readAt || time.GetElapsedTime(readAt) >= s_lifetime)
            {
                _readAt = time.GetTimestamp();
                _load = Read();
            }

            return _load;
        }
    }

    private double Read()
    {
        ReadOnlySpan<char> text = KernelFile.ReadText(file);
        int end = text.IndexOf(' ');
        return end > 0 && double.TryParse(text[..end], CultureInfo.InvariantCulture, out double load) ? load : 0;
    }
}
