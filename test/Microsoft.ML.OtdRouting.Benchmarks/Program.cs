using BenchmarkDotNet.Running;

// For example: dotnet run -c Release --project test/Microsoft.ML.OtdRouting.Benchmarks -- --filter '*Solver*'
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
