/// Models of every format: written by hand here, read by Tern, and run against plain Java.
package tern.models;
