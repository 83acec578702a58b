using System.Net;
using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using SuperD.Configuration;
using SuperD.Linux;
using SuperD.Tests.Support;
using static SuperD.Tests.Configuration.ConfigurationFiles;

namespace SuperD.Tests.Configuration;

/// <summary>Two definitions are equal when they mean the same: a reload leaves the service alone exactly then.</summary>
public sealed class DefinitionEqualityTests
{
    private const string AllKinds = """
        listen = ["127.0.0.1:0", "[::1]:9003"]
        env = { A = "x" }
        rlimit = { nofile = 10 }
        groups = [1, 2]
        group = 1
        user = 1
        only_from = ["10.0.0.0/8", "@friends.txt"]
        access_times = ["Mon-Fri 08:00-18:00"]
        time_zone = "UTC"
        penalty = { exit.3 = "5s", exempt = "127.0.0.1" }
        rate = "5/s"
        cpu_affinity = "0-3"
        banner = "x"
        """;

    /// <summary>Types outside superd that compare by value.</summary>
    private static readonly Type[] s_values =
    [
        typeof(string), typeof(TimeSpan), typeof(TimeZoneInfo), typeof(IPEndPoint), typeof(EndPoint), typeof(UInt128)
    ];

    /// <summary>superd's records with a hand-written Equals, and the reason.</summary>
    private static readonly Type[] s_special = [typeof(AddressFile)];

    [Test]
    public void Every_property_down_to_the_last_is_compared_by_value()
    {
        var wrong = new List<string>();
        Check(typeof(ServerDefinition), nameof(ServerDefinition), [], wrong);
        Assert.That(wrong, Is.Empty, "a reload would take these for changed, or overlook a change of them");
    }

    [Test]
    public void Two_readings_of_the_same_files_are_equal()
    {
        using ConfigurationFiles files = new();
        files.Service("han", AllKinds + "\n" + Exec);
        files.Directory.Write("services.d/friends.txt", "192.0.2.0/24\n");

        ServerDefinition first = files.Load().Server!;
        ServerDefinition second = files.Load().Server!;

        Assert.That(first.Services, Has.Length.EqualTo(1));
        Assert.That(second, Is.EqualTo(first));
        Assert.That(second.GetHashCode(), Is.EqualTo(first.GetHashCode()));
    }

    [TestCase("\"127.0.0.1:0\"", "\"127.0.0.2:0\"")]
    [TestCase("A = \"x\"", "A = \"y\"")]
    [TestCase("nofile = 10", "nofile = 11")]
    [TestCase("groups = [1, 2]", "groups = [1, 3]")]
    [TestCase("10.0.0.0/8", "11.0.0.0/8")]
    [TestCase("08:00", "09:00")]
    [TestCase("\"UTC\"", "\"Europe/Berlin\"")]
    [TestCase("exit.3", "exit.4")]
    [TestCase("\"0-3\"", "\"0-2\"")]
    [TestCase("exempt = \"127.0.0.1\"", "exempt = \"127.0.0.2\"")]
    public void A_change_deep_in_a_list_is_a_change(string before, string after)
    {
        using ConfigurationFiles files = new();
        files.Directory.Write("services.d/friends.txt", "192.0.2.0/24\n");
        ServiceDefinition first = files.Service("han", AllKinds + "\n" + Exec).Load().Server!.Services[0];
        ServiceDefinition second = files.Service("han", (AllKinds + "\n" + Exec).Replace(before, after)).Load().Server!.Services[0];

        Assert.That(second, Is.Not.EqualTo(first));
    }

    [Test]
    public void What_is_in_a_file_of_addresses_is_no_part_of_it_since_that_is_followed_by_itself()
    {
        using ConfigurationFiles files = new();
        files.Directory.Write("services.d/friends.txt", "192.0.2.0/24\n");
        ServiceDefinition first = files.Service("han", AllKinds + "\n" + Exec).Load().Server!.Services[0];
        files.Directory.Write("services.d/friends.txt", "192.0.2.0/24\n198.51.100.0/24\n");

        Assert.That(files.Load().Server!.Services[0], Is.EqualTo(first));
    }

    /// <summary>Visits every type that a definition consists of.</summary>
    private static void Check(Type type, string path, HashSet<Type> seen, List<string> wrong)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsPrimitive || type.IsEnum || s_values.Contains(type) || !seen.Add(type))
        {
            return;
        }

        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ValueArray<>))
        {
            Check(type.GetGenericArguments()[0], $"{path}[]", seen, wrong);
            return;
        }

        // The compiler generates a record's equality over all fields; a hand-written one may forget a field.
        MethodInfo? equals = type.GetMethod(
            nameof(Equals), BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly, [type]);
        if (equals is null || (equals.GetCustomAttribute<CompilerGeneratedAttribute>() is null && !s_special.Contains(type)))
        {
            wrong.Add($"{path} ({type.Name})");
            return;
        }

        FieldInfo[] fields = s_special.Contains(type)
            ? []
            : type.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public);
        foreach (FieldInfo field in fields)
        {
            Check(field.FieldType, $"{path}.{field.Name}", seen, wrong);
        }
    }
}
