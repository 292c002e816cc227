@echo off
rem Starts Tern with the jars of lib\ and the options beside this script.
rem   TERN_JAVA_HOME   the Java to use, instead of that of JAVA_HOME or the PATH; an image has its own
rem   TERN_JAVA_OPTS   more options for the JVM, separated by blanks
setlocal
set "HERE=%~dp0"
set "JAVA=java.exe"
if defined JAVA_HOME set "JAVA=%JAVA_HOME%\bin\java.exe"
if defined TERN_JAVA_HOME set "JAVA=%TERN_JAVA_HOME%\bin\java.exe"
if exist "%HERE%..\jre\bin\java.exe" set "JAVA=%HERE%..\jre\bin\java.exe"
rem The first line is: openjdk 25.0.3 ... By a file, since a pipe of FOR would take quotation marks off the path.
set "FOUND=0"
set "VERSION=%TEMP%\tern-java-%RANDOM%%RANDOM%.txt"
"%JAVA%" --version >"%VERSION%" 2>nul
for /f "usebackq tokens=2 delims=.-+ " %%v in ("%VERSION%") do (
    set "FOUND=%%v"
    goto read
)
:read
del "%VERSION%" 2>nul
if %FOUND% LSS 25 (
    echo tern: needs a Java 25 or later, such as Temurin from https://adoptium.net; TERN_JAVA_HOME may name its folder 1>&2
    exit /b 2
)
rem Two threads compile where the JVM would give one.
set "COMPILERS="
if %NUMBER_OF_PROCESSORS% LEQ 3 set "COMPILERS=-XX:CICompilerCount=3"
"%JAVA%" "@%HERE%jvm.options" %COMPILERS% --add-modules=jdk.incubator.vector --module-path "%HERE%..\lib" %TERN_JAVA_OPTS% --module tern.runtime.cli/tern.runtime.cli.Main %*
exit /b %ERRORLEVEL%
