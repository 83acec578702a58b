using System.Globalization;
using SuperD.Configuration;

namespace SuperD.Importing.Xinetd;

/// <summary>instances, per_source, cps and max_load: how many clients are served at once.</summary>
internal static class XinetdLimits
{
    private const int MostPerSecond = 1_000_000;

    /// <summary>Sets the keys of the limits.</summary>
    public static void Map(XinetdMapping mapping)
    {
        if (mapping.Kind == XinetdKind.Sensor)
        {
            mapping.LeaveOut("a sensor refuses everybody at once", "instances", "per_source", "cps", "max_load");
            return;
        }

        if (mapping.IsWait)
        {
            mapping.LeaveOut("with wait there is one program, and it takes its clients by itself", "instances", "per_source");
        }
        else if (mapping.IsDatagram && mapping.Kind == XinetdKind.Builtin)
        {
            mapping.LeaveOut("no process is started for a datagram", "instances", "per_source");
        }
        else
        {
            MapInstances(mapping);
            MapPerSource(mapping);
        }

        MapRate(mapping);
        MapLoad(mapping);
    }

    private static void MapInstances(XinetdMapping mapping)
    {
        if (!mapping.Has("instances", out XinetdValue? instances))
        {
            return;
        }

        if (instances.IsUnlimited && mapping.Kind is XinetdKind.Redirect or XinetdKind.Builtin)
        {
            const int Most = ServiceDefinition.DefaultConnections;
            mapping.Differs(
                "instances",
                instances,
                $"superd serves at most {Most} clients at once unless instances is written: each takes descriptors of its own");
        }
        else if (Count(mapping, "instances", instances) is { } count)
        {
            mapping.Set("instances", TomlValue.Of(count), "instances", instances);
        }
    }

    private static void MapPerSource(XinetdMapping mapping)
    {
        if (mapping.Has("per_source", out XinetdValue? source) && Count(mapping, "per_source", source) is { } count)
        {
            mapping.Set("per_source", TomlValue.Of(count), "per_source", source);
            UsualKeys.SetSourcePrefix(mapping.File, "xinetd");
        }
    }

    /// <summary>A limit of 1 or more; null when it is unlimited, wrong or 0 (which refuses everyone), each of which is reported.</summary>
    private static int? Count(XinetdMapping mapping, string attribute, XinetdValue value)
    {
        if (value.IsUnlimited)
        {
            mapping.Mapped(attribute, value, "unlimited, which is the default");
            return null;
        }

        if (!int.TryParse(value.Word, NumberStyles.None, CultureInfo.InvariantCulture, out int count))
        {
            mapping.Wrong(attribute, value, "a number or UNLIMITED is needed");
            return null;
        }

        if (count > 0)
        {
            return count;
        }

        mapping.Differs(attribute, value, "0 refuses everybody; written as enabled = false");
        mapping.File.TurnOff($"{attribute} = 0 ({value.Place}) refuses everybody");
        return null;
    }

    private static void MapRate(XinetdMapping mapping)
    {
        const string Excess = "xinetd closes the port for some seconds when more come, superd refuses only what is too much";
        if (!mapping.Has("cps", out XinetdValue? cps))
        {
            if (mapping.IsWait || (mapping.IsDatagram && mapping.Kind == XinetdKind.Builtin))
            {
                // Without a rate superd slows down a wait program that keeps ending at once, and limits the answers of a builtin over UDP.
                return;
            }

            mapping.File.Set("rate", TomlValue.Of("50/s"), $"cps = 50 10 is xinetd's default: {Excess}; delete the line for no limit");
        }
        else if (!int.TryParse(cps.Words[0], NumberStyles.None, CultureInfo.InvariantCulture, out int rate)
            || !int.TryParse(cps.Words[1], NumberStyles.None, CultureInfo.InvariantCulture, out int pause))
        {
            mapping.Wrong("cps", cps, "two numbers are needed");
        }
        else if (rate == 0 || rate > MostPerSecond)
        {
            mapping.Mapped("cps", cps, "no limit, which is the default");
        }
        else
        {
            mapping.Set("rate", TomlValue.Of($"{rate}/s"), "cps", cps, $"{Excess}, so the {pause} seconds have no meaning");
        }
    }

    private static void MapLoad(XinetdMapping mapping)
    {
        if (!mapping.Has("max_load", out XinetdValue? load))
        {
            return;
        }

        if (double.TryParse(load.Word, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double most) && most > 0)
        {
            mapping.Set("max_load", most.ToString("0.0###", CultureInfo.InvariantCulture), "max_load", load);
        }
        else
        {
            mapping.Wrong("max_load", load, "a number above 0 is needed");
        }
    }
}
