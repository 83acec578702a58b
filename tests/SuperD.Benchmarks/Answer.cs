using System.Globalization;

namespace SuperD.Benchmarks;

/// <summary>The output of one of the benchmark's C programs: one line of <c>key=number</c>.</summary>
internal sealed class Answer(string line)
{
    private readonly Dictionary<string, double> _values = line
        .Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries)
        .Select(pair => pair.Split('=', 2))
        .ToDictionary(pair => pair[0], pair => double.Parse(pair[1], CultureInfo.InvariantCulture));

    /// <summary>The number under that key.</summary>
    public double this[string key] =>
        _values.TryGetValue(key, out double value) ? value : throw new BenchException($"no {key} in '{line.Trim()}'");
}
