using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Microsoft.ML.OtdRouting.Models;
using Microsoft.ML.OtdRouting.Tasks.Classification;

namespace Microsoft.ML.OtdRouting.Tests.Fuzzing;

/// <summary>Changes one field of a message, or of a message in it: leaves it out, doubles it, or sets it to an extreme.</summary>
internal static class MessageMutation
{
    private static readonly int[] Integers = [int.MinValue, -1, 0, 1, 2, 3, 21, 33, 70_000, 100_000_000, int.MaxValue];
    private static readonly double[] Numbers = [double.NaN, double.NegativeInfinity, -1, 0, 0.5, 1e30, double.PositiveInfinity];
    private static readonly string[] Texts = ["", "x", "\0", new('y', 10_000)];

    /// <summary>Fields whose bytes are messages.</summary>
    private static readonly Dictionary<string, MessageParser> Nested = new()
    {
        ["otdrouting.SavedRouter.bound_task"] = SavedTask.Parser,
        ["otdrouting.SavedPart.model"] = SavedClassificationModel.Parser,
        ["otdrouting.SavedResolution.model"] = ModelProto.Parser,
    };

    /// <summary>Changes the message and says what was done.</summary>
    public static string Of(IMessage message, Random random)
    {
        var fields = message.Descriptor.Fields.InDeclarationOrder().Where(f => f.IsRepeated ? ((IList)f.Accessor.GetValue(message)).Count > 0 : true).ToList();
        if (fields.Count == 0)
        {
            return "nothing";
        }

        var field = fields[random.Next(fields.Count)];
        var value = field.Accessor.GetValue(message);
        if (field.IsRepeated)
        {
            return $"{field.Name}: {OfList(field, (IList)value, random)}";
        }

        if (value is IMessage inner && random.Next(8) > 0)
        {
            return $"{field.Name}.{Of(inner, random)}";
        }

        if (field.FieldType is FieldType.Message or FieldType.Enum || random.Next(4) == 0)
        {
            field.Accessor.Clear(message);
            return $"{field.Name} cleared";
        }

        field.Accessor.SetValue(message, Extreme(field, value, random));
        return $"{field.Name} = {field.Accessor.GetValue(message)}";
    }

    private static string OfList(FieldDescriptor field, IList list, Random random)
    {
        var at = random.Next(list.Count);
        switch (random.Next(6))
        {
            case 0:
                list.Clear();
                return "cleared";
            case 1:
                list.RemoveAt(at);
                return $"{at} removed";
            case 2:
                list.Insert(at, list[at]);
                return $"{at} doubled";
            default:
                if (list[at] is IMessage inner)
                {
                    return $"{at} {Of(inner, random)}";
                }

                list[at] = Extreme(field, list[at]!, random);
                return $"{at} = {list[at]}";
        }
    }

    private static object Extreme(FieldDescriptor field, object value, Random random) => value switch
    {
        int => Integers[random.Next(Integers.Length)],
        uint => unchecked((uint)Integers[random.Next(Integers.Length)]),
        long => (long)Integers[random.Next(Integers.Length)],
        ulong => unchecked((ulong)Integers[random.Next(Integers.Length)]),
        float => (float)Numbers[random.Next(Numbers.Length)],
        double => Numbers[random.Next(Numbers.Length)],
        bool b => !b,
        string s => random.Next(2) == 0 || s.Length == 0 ? Texts[random.Next(Texts.Length)] : OfText(s, random),
        ByteString bytes => OfBytes(field, bytes, random),
        _ => value,
    };

    /// <summary>Numbers, names and words of a text as JSON has them are what it is read by.</summary>
    private static string OfText(string text, Random random)
    {
        string[] parts = text.Split(':');
        var at = random.Next(parts.Length);
        var end = parts[at].IndexOfAny([',', '}']);
        string[] values = ["null", "0", "-1", "1e99", "\"x\"", "{}", "[]", "2147483647"];
        parts[at] = values[random.Next(values.Length)] + (end < 0 ? "" : parts[at][end..]);
        return string.Join(':', parts);
    }

    private static ByteString OfBytes(FieldDescriptor field, ByteString bytes, Random random)
    {
        if (random.Next(8) == 0 || !Nested.TryGetValue(field.FullName, out var parser))
        {
            return ByteString.CopyFrom(Mutation.Of(bytes.ToByteArray(), random));
        }

        var message = parser.ParseFrom(bytes);
        Of(message, random);
        return message.ToByteString();
    }
}
