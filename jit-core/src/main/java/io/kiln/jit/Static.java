package io.kiln.jit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a record component, or a parameter of a method that is given to {@code jit} by reference, as static: its value is part of the
 * signature, is seen by the function as it is, and a new value is a new trace. It must be immutable and have {@code
 * equals} and {@code hashCode}. Of a lambda's parameters class files keep no annotations: use {@code staticArguments}.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.RECORD_COMPONENT, ElementType.PARAMETER})
public @interface Static {}
