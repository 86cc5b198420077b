using System.Reflection;
using System.Runtime.ExceptionServices;

namespace Microsoft.ML;

/// <summary>Calls a generic method whose type arguments are known only as column types.</summary>
internal static class Generic
{
    public static TResult Call<TResult>(Type owner, string method, Type[] typeArguments, params object?[] arguments) =>
        Call<TResult>(owner, null, method, typeArguments, arguments);

    public static TResult Call<TResult>(object target, string method, Type[] typeArguments, params object?[] arguments) =>
        Call<TResult>(target.GetType(), target, method, typeArguments, arguments);

    private static TResult Call<TResult>(Type owner, object? target, string method, Type[] typeArguments, object?[] arguments)
    {
        const BindingFlags All = BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
        MethodInfo? found = null;
        for (Type? type = owner; type != null && found == null; type = type.BaseType)
            found = type.GetMethods(All | BindingFlags.DeclaredOnly).FirstOrDefault(m => m.Name == method && m.IsGenericMethodDefinition);
        try
        {
            return (TResult)found!.MakeGenericMethod(typeArguments).Invoke(target, arguments)!;
        }
        catch (TargetInvocationException exception) when (exception.InnerException != null)
        {
            ExceptionDispatchInfo.Throw(exception.InnerException);
            throw;
        }
    }
}
