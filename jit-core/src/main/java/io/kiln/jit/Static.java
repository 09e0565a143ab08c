package io.kiln.jit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a record component as static: its value is part of the signature, is seen by the function as it is, and a new
 * value is a new trace. It must have {@code equals} and {@code hashCode}.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Static {}
