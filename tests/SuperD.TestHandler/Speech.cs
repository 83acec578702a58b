using System.Globalization;

namespace SuperD.TestHandler;

/// <summary>The verbs that read and write.</summary>
internal static class Speech
{
    /// <summary><c>echo</c>: copies stdin to stdout, byte for byte, until the end of input.</summary>
    public static int Echo(string[] arguments)
    {
        using var input = Console.OpenStandardInput();
        using var output = Console.OpenStandardOutput();
        input.CopyTo(output);
        return 0;
    }

    /// <summary><c>stderr TEXT...</c>: writes each TEXT as a line to stderr.</summary>
    public static int SayOnStderr(string[] arguments)
    {
        foreach (var text in arguments)
        {
            Console.Error.WriteLine(text);
        }

        return 0;
    }

    /// <summary><c>flood-stderr BYTES</c>: writes that many bytes to stderr, in lines of 100 bytes, then <c>done</c> to stdout.</summary>
    public static int FloodStderr(string[] arguments)
    {
        var left = long.Parse(arguments[0], CultureInfo.InvariantCulture);
        var line = new byte[100];
        Array.Fill(line, (byte)'x');
        line[^1] = (byte)'\n';

        using var error = Console.OpenStandardError();
        for (; left > 0; left -= line.Length)
        {
            error.Write(line.AsSpan(0, (int)Math.Min(left, line.Length)));
        }

        Console.WriteLine("done");
        return 0;
    }
}
